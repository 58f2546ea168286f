import { AppError } from "../base/errors.ts";

/** Before a handler: refuses who does not take what it answers, before it does anything. RFC 9110, 12.5.1. */
export function accepting(type: string) {
  // What names it most closely counts.
  const ranges = [type, type.replace(/\/.*/, "/*"), "*/*"];
  return ({ request }: { request: Request }): void => {
    const accept = request.headers.get("accept");
    if (!accept) return;
    const given = accept.split(",").map((range) => range.split(";").map((part) => part.trim().toLowerCase()));
    const found = ranges.flatMap((range) => given.filter(([name]) => name === range)).at(0);
    const isRefused = found?.some((part) => /^q=0(\.0*)?$/.test(part)) ?? true;
    if (isRefused)
      throw new AppError("not_acceptable", `The answer is ${type}, which \`Accept\` leaves out.`);
  };
}
