// The page of a claim that is being written: looks each second at live.js, which the program writes after
// each round, and loads the page again if it was written since. A page opened from a disk may load
// scripts but no data.
(function () {
  "use strict";
  var own = document.currentScript;
  var live = own.src.replace(/watch\.js$/, "live.js"), page = own.dataset.page, round = Number(own.dataset.round);
  var timer;
  // live.js calls this with the round of each page's last writing.
  window.claimcheckLive = function (rounds) {
    var now = rounds[page];
    if (now === undefined || now === round) return;
    clearInterval(timer);
    try { sessionStorage.setItem("claimcheck-at " + page, JSON.stringify([scrollX, scrollY])); } catch (e) { /* some disks forbid it */ }
    location.reload();
  };
  function look() {
    var script = document.createElement("script");
    script.src = live + "?" + Date.now();
    script.onload = script.onerror = function () { script.remove(); };
    document.head.appendChild(script);
  }
  timer = setInterval(look, 1000);
  // Where the reader was.
  addEventListener("load", function () {
    var key = "claimcheck-at " + page;
    try {
      var at = JSON.parse(sessionStorage.getItem(key));
      sessionStorage.removeItem(key);
      if (at) scrollTo({ left: at[0], top: at[1], behavior: "instant" });
    } catch (e) { /* the browser's own memory has to do */ }
  });
}());
