import { generate } from "lean-qr";
import { toSvgSource } from "lean-qr/extras/svg";
import { Html } from "../html.ts";

/** A QR code of a link, as an image for phones: whoever cannot see it has the link beside it. */
export const qrCode = (link: string): Html =>
  new Html(
    toSvgSource(generate(link), { on: "#000", off: "#fff", padX: 4, padY: 4 }).replace(
      "<svg ",
      `<svg class="qr" role="img" aria-label="QR code of the link" `,
    ),
  );
