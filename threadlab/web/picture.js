/** What threadlab/picture.py draws with; none of it loads, leads anywhere or has a script. */
const ELEMENTS = new Set("svg g path rect circle line polyline polygon text tspan title desc".split(" "));
const ATTRIBUTES =
  /^(xmlns|viewBox|width|height|class|role|d|points|transform|[xy][12]?|[cr][xy]|r|d[xy]|text-anchor|aria-label|data-stops)$/;
const CLASSES = new Set(
  "lab-picture lab-wide lab-cursor lab-names number ready waits sleeps acts what why holds lock end stuck switch tick time many".split(" "),
);
const STOPS = /^-?[\d.]+( -?[\d.]+)*$/;

/** Whether picture.py draws with all these classes: others may be the page's. */
const isDrawn = (classes) => [...classes].every((each) => CLASSES.has(each) || /^t[1-8]$/.test(each));

/**
 * The picture of a run that came from where a program runs: the program may have made it up, and the page shows it as
 * it is. Throws for what no run's picture has.
 */
export function checkedPicture(text) {
  const { head, body } = new DOMParser().parseFromString(text, "text/html");
  const [svg, ...more] = [...body.childNodes, ...head.childNodes];
  if (svg?.localName !== "svg" || more.length) throw new Error("the picture of a run is one <svg>");
  for (const element of [svg, ...svg.querySelectorAll("*")]) {
    const odd = element.getAttributeNames().find((name) => !ATTRIBUTES.test(name));
    if (!isDrawn(element.classList)) throw new Error(`the picture of a run has no ${element.className.baseVal}`);
    if (element.namespaceURI !== "http://www.w3.org/2000/svg" || !ELEMENTS.has(element.localName) || odd) {
      throw new Error(`the picture of a run has no ${odd ?? element.localName}`);
    }
  }
  if (!svg.matches(".lab-picture") || !STOPS.test(svg.dataset.stops) || !svg.querySelector(".lab-cursor")) {
    throw new Error("the picture of a run has a cursor, and places for it");
  }
  return svg.outerHTML;
}
