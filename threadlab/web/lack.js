// A reader is told what is lacking.

/** Says in the place of buttons what they need. They keep their room, so nothing moves. */
export function lack(buttons, text) {
  const said = document.createElement("p");
  said.className = "lab-missing";
  said.textContent = text;
  buttons.classList.add("lab-lacks");
  buttons.append(said);
}

/** `what` could not be loaded. */
export class NoNetwork extends Error {
  constructor(what) {
    super(`There is no network: ${what} could not be loaded. Press the button again when there is.`);
  }
}

/** For `catch`: what a fetch or an import throws without a network becomes NoNetwork, and all else stays. */
export const noNetwork = (what) => (error) => {
  throw error instanceof TypeError ? new NoNetwork(what) : error;
};
