declare module "*.min.js" {
  const path: string;
  export default path;
}

declare module "*/dashboard.css" {
  const text: string;
  export default text;
}

declare module "*/dashboard.svg" {
  const text: string;
  export default text;
}

declare module "*.client.js" {
  const text: string;
  export default text;
}
