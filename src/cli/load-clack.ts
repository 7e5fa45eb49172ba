/** What draws the questions; loaded only where one is asked. */
export async function loadClack() {
  const clack = await import('@clack/prompts');
  // Ctrl-D leaves a question, as Ctrl-C does. By itself the library would wait for more of a closed input, and Node would
  // end the program in the middle.
  clack.updateSettings({ aliases: { '\u0004': 'cancel' } });
  return clack;
}
