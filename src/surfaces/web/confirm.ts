import { button, make, newId } from "./element.ts";

/** Asks in a dialog of the browser's own, which holds the focus and gives it back; Escape is no. */
export async function confirmed(question: string, consequence: string, yes: string): Promise<boolean> {
  const id = newId();
  const dialog = make("dialog", { "aria-labelledby": id, "aria-describedby": `${id}-more` });
  const close = (answer: string) => (): void => dialog.close(answer);
  dialog.append(
    make("h2", { id, dir: "auto" }, question),
    make("p", { id: `${id}-more` }, consequence),
    make("div", { class: "actions" }, button(yes, close("yes"), { class: "primary" }), button("Cancel", close("no"), { autofocus: true })),
  );
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  dialog.remove();
  return dialog.returnValue === "yes";
}
