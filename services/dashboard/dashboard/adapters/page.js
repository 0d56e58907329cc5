// What the browser alone can know: that the server has fallen silent. Then the page says so itself.
window.oi = {
  heardAt: Date.now(),
  silentAfter: 20000, // until the first word: a slow phone may still be loading the page itself
  heard() {
    this.heardAt = Date.now();
    this.silentAfter = 5000;
    return 1;
  },
  level(name) {
    document.body.dataset.level = name;
  },
  watch() {
    const silent = Date.now() - this.heardAt;
    const isLost = silent > this.silentAfter;
    const lost = document.getElementById("lost");
    document.body.classList.toggle("is-lost", isLost);
    if (!lost) return;
    lost.hidden = !isLost;
    if (isLost) {
      const at = new Date(this.heardAt).toLocaleTimeString("en-GB");
      lost.textContent = `CONNECTION LOST: nothing heard for ${Math.round(silent / 1000)} s. What you see is of ${at}; trying again.`;
    }
  },
};
setInterval(() => window.oi.watch(), 500);
// A page that comes back from the background must not look fresh before it has heard something.
document.addEventListener("visibilitychange", () => window.oi.watch());

// What the server drew for the first moment makes way for the page proper, at the moment that stands.
new MutationObserver((_, observer) => {
  if (!document.querySelector("#app .of-chain table, #app .of-chain .empty")) return;
  document.getElementById("first")?.remove();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
