/** What threadlab/picture.py draws with; none of it loads, leads anywhere or has a script. */
const ELEMENTS = new Set("svg g path rect circle line polyline polygon text tspan title desc".split(" "));
const ATTRIBUTES =
  /^(xmlns|viewBox|width|height|class|id|role|d|points|transform|[xy][12]?|[cr][xy]|r|d[xy]|text-anchor|(aria|data)-[a-z-]+)$/;

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
    if (element.namespaceURI !== "http://www.w3.org/2000/svg" || !ELEMENTS.has(element.localName) || odd) {
      throw new Error(`the picture of a run has no ${odd ?? element.localName}`);
    }
  }
  return svg.outerHTML;
}
