// A browser that cannot run programs is told so.

/** Says in the place of buttons what they need. They keep their room, so nothing moves. */
export function lack(buttons, text) {
  const said = document.createElement("p");
  said.className = "lab-missing";
  said.textContent = text;
  buttons.classList.add("lab-lacks");
  buttons.append(said);
}
