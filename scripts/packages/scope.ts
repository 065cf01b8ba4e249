/** The npm scope that the packages are published under: the only place that names it outside of the sources. */
export const scope = "@parley";

/** The scope that the sources import from, which a workspace resolves. */
export const sourceScope = "@parley";
