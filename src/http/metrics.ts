import { Elysia, t } from "elysia";
import { accepting } from "./accepting.ts";
import { scopes } from "./auth.ts";

export interface MetricsDeps {
  /** In Prometheus' text format. */
  metrics(): string;
}

/** `GET /metrics`. Authentication is the root's. */
export const metricsRoute = ({ metrics }: MetricsDeps) =>
  new Elysia({ tags: ["operation"] }).onBeforeHandle(accepting("text/plain")).get(
    "/metrics",
    ({ set }) => {
      set.headers["content-type"] = "text/plain; version=0.0.4; charset=utf-8";
      return metrics();
    },
    {
      detail: { ...scopes("metrics"), summary: "Metrics in the text format of Prometheus" },
      response: t.String(),
    },
  );
