// Parts of a page that Dash has no part in come as markup, in an attribute of their place (layouts/still.py): put there once, before the other scripts look at the page.
(function () {
  "use strict";
  const NAME = "data-still";
  const fill = function (place) {
    const markup = place.getAttribute(NAME);
    if (markup === null) return;
    place.removeAttribute(NAME);
    place.innerHTML = markup; // The server's own, whose text it has escaped.
  };
  const within = function (node) {
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    fill(node);
    node.querySelectorAll("[" + NAME + "]").forEach(fill);
  };
  new MutationObserver(function (changes) {
    changes.forEach((change) => (change.type === "attributes" ? fill(change.target) : change.addedNodes.forEach(within)));
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: [NAME] });
  within(document.documentElement);
})();
