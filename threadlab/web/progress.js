// <exercise-progress>: how many exercises of the list after it are solved in this browser.

import { forget, solved } from "./solved.js";

const topicOf = (link) => new URL(link.href).pathname.replace(/(\/|\/index\.html|\.html)$/, "").split("/").at(-1);

class ExerciseProgress extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-action=forget]").onclick = ({ currentTarget }) => {
      if (currentTarget.ariaDisabled === "true") return;
      forget();
      this.#show();
    };
    this.#show();
  }

  #show() {
    const links = [...this.parentElement.querySelectorAll("exercise-progress ~ ol > li > a")];
    const topics = solved();
    let count = 0;
    for (const link of links) {
      link.parentElement.querySelector(".lab-case")?.remove();
      if (!topics.has(topicOf(link))) continue;
      count += 1;
      const mark = document.createElement("span");
      mark.className = "lab-case";
      mark.textContent = " ✓ solved";
      link.parentElement.append(mark);
    }
    this.querySelector(".lab-count").textContent = `${count} of ${links.length} solved in this browser.`;
    this.querySelector("[data-action=forget]").ariaDisabled = `${!topics.size}`;
  }
}

customElements.define("exercise-progress", ExerciseProgress);
