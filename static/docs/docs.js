// The reference works without this: it finds operations, and copies examples.
const contents = document.querySelector("#contents");
const find = document.querySelector("#find");
const found = document.querySelector("#found");
const operations = [...document.querySelectorAll("[data-operation]")];
const groups = [...document.querySelectorAll("[data-group]")];

function show() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const operation of operations) {
    const text = operation.dataset.operation.toLowerCase();
    operation.hidden = !words.every((word) => text.includes(word));
    count += operation.hidden ? 0 : 1;
  }
  for (const group of groups) {
    group.hidden = !group.querySelector("[data-operation]:not([hidden])");
  }
  for (const list of document.querySelectorAll(".about-links")) {
    list.hidden = words.length > 0;
  }
  found.textContent = words.length ? `${count} of ${operations.length} operations` : "";
}

function copyButton(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-small button-bare";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select and copy by hand";
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2000);
  });
  return button;
}

document.querySelector("[data-find]").hidden = false;
find.addEventListener("input", show);
contents.addEventListener("click", (event) => {
  if (event.target.closest("a") && contents.matches(":popover-open")) {
    contents.hidePopover();
  }
});
for (const figure of document.querySelectorAll(".sample-block")) {
  figure
    .querySelector("figcaption")
    .append(copyButton(figure.querySelector("pre").textContent));
}
