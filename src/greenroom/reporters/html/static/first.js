// Before anything is drawn: whether there are scripts at all, and the theme that was chosen last.
document.documentElement.classList.add("js");
try {
  const theme = localStorage.getItem("greenroom-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing for files.
}
