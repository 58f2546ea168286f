import type { Params } from "./params.ts";

/** What a method gives back: the result alone, or with the `description` that setWebhook has. */
export class Described {
  readonly result: unknown;
  readonly description: string;

  constructor(result: unknown, description: string) {
    this.result = result;
    this.description = description;
  }
}

export type Method = (params: Params) => unknown;

/** Methods by the name the documentation gives them. */
export type Methods = Record<string, Method>;
