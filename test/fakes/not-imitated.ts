/** What memoferry never does. A fake that answered it would answer by guess. */
export class NotImitated extends Error {
  constructor(server: "Telegram" | "Memos", what: string) {
    super(`the fake of ${server} does not imitate ${what}: memoferry has not done this before`);
  }
}

/** Fails the test that runs, whatever memoferry makes of the answer. */
export function failTest(error: NotImitated): void {
  setTimeout(() => {
    throw error;
  });
}
