import type { TelegramLocation, TelegramMessage, TelegramVenue } from "../domain/telegram.ts";
import {
  bold,
  coordinates,
  lines,
  mapLink,
  oneLine,
  plain,
  textOf,
} from "../markdown/write/markdown-parts.ts";
import { type ContentOptions, type Read, words } from "./content-read.ts";

export function readLocation({ location }: TelegramMessage, options: ContentOptions): Read {
  if (!location) return { markdown: "" };
  const { latitude, longitude } = location;
  const isLive = Number(location.live_period) > 0;
  const lead = isLive ? `${words(options).liveLocation}: ` : "";
  return {
    markdown: locationLine(location, options, lead),
    location: { placeholder: coordinates(location), latitude, longitude },
  };
}

export function readVenue({ venue }: TelegramMessage, options: ContentOptions): Read {
  if (!venue) return { markdown: "" };
  const { latitude, longitude } = venue.location;
  const named = [venue.title, venue.address].map((part) => oneLine(textOf(part)));
  return {
    markdown: lines(venueLines(venue, options), options),
    location: { placeholder: named.filter((part) => part !== "").join(", "), latitude, longitude },
  };
}

export const locationLine = (location: TelegramLocation, options: ContentOptions, lead = "") =>
  `📍 ${lead}${mapLink(location, options)}`;

export function venueLines({ title, address, location }: TelegramVenue, options: ContentOptions): string[] {
  const name = bold(oneLine(textOf(title)), [], options);
  return [`📍 ${name}`, plain(address, options), mapLink(location, options)];
}
