/** The statements are the same in both runtimes: their plans are looked at where the tests run in Bun. */
export const expectPlans = (): void => undefined;
