// The page that shows a backend key's secret: copy it, and leave none behind.
const secret = document.getElementById("secret");
const copy = document.getElementById("copy");
const copied = document.getElementById("copied");

const wipe = () => {
  secret.value = "";
  secret.setAttribute("value", "");
};

// A page in the back/forward cache keeps its fields, "no-store" or not.
window.addEventListener("pagehide", wipe);
secret.addEventListener("focus", () => secret.select());

if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(secret.value);
      copied.textContent = "Copied.";
    } catch {
      secret.focus();
      copied.textContent =
        "The browser did not allow it. The secret is selected: copy it by hand.";
    }
  });
}
