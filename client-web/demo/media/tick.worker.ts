// A page in the background gets at most one timer a second; a worker keeps its pace. The picture of a
// hidden tab would stand still without it, and two tabs of one window are how this page is tried out.
setInterval(() => postMessage(0), 1000 / 20);
