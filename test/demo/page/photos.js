// Telegram's clients send a photo as a JPEG of at most 1280 pixels.

const LONGEST_SIDE = 1280;
const QUALITY = 0.87;

/** The picture as a photo, or null when this browser cannot read it. */
export async function toPhoto(blob) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob);
  } catch {
    return null;
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  return draw(
    Math.round(bitmap.width * scale),
    Math.round(bitmap.height * scale),
    (context, width, height) => {
      // A JPEG has no transparency.
      context.fillStyle = "white";
      context.fillRect(0, 0, width, height);
      context.drawImage(bitmap, 0, 0, width, height);
    },
  );
}

/** A JPEG of what `paint` draws. */
export function draw(width, height, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(width, 1);
  canvas.height = Math.max(height, 1);
  paint(canvas.getContext("2d"), canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** A picture of hills under some sky, another one each time. */
export function landscape() {
  return draw(1280, 960, (context, width, height) => {
    const hue = Math.random() * 360;
    const sky = context.createLinearGradient(0, 0, 0, height);
    sky.addColorStop(0, `hsl(${hue} 62% 46%)`);
    sky.addColorStop(1, `hsl(${hue + 46} 82% 80%)`);
    context.fillStyle = sky;
    context.fillRect(0, 0, width, height);
    context.fillStyle = `hsl(${hue + 70} 96% 92%)`;
    context.beginPath();
    context.arc(
      width * (0.2 + 0.6 * Math.random()),
      height * (0.2 + 0.25 * Math.random()),
      82,
      0,
      2 * Math.PI,
    );
    context.fill();
    for (let layer = 0; layer < 4; layer += 1) {
      const base = height * (0.5 + layer * 0.12);
      const [first, second] = [Math.random() * 6, Math.random() * 6];
      context.fillStyle = `hsl(${hue + 150 - layer * 14} ${34 + layer * 5}% ${50 - layer * 11}%)`;
      context.beginPath();
      context.moveTo(0, height);
      for (let x = 0; x <= width; x += 8) {
        context.lineTo(x, base + Math.sin(x / 170 + first) * 44 + Math.sin(x / 63 + second) * 13);
      }
      context.lineTo(width, height);
      context.fill();
    }
  });
}
