/** The name under which pages reach the service here; every proxy leads it to the nodes, which know it. */
export const publicHost = "signal.example";
