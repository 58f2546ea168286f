import type { TelegramMessage, TelegramVenue } from "../domain/telegram.ts";
import { coordinates, joined, oneLine, textOf } from "../markdown/write/markdown-parts.ts";
import type { Read, Writer } from "./content-read.ts";

export function readLocation({ location }: TelegramMessage, write: Writer): Read {
  if (!location) return { markdown: "" };
  const { latitude, longitude, live_period } = location;
  const lead = Number(live_period) > 0 ? `${write.words.liveLocation}: ` : "";
  return {
    markdown: `📍 ${lead}${write.mapLink(location)}`,
    location: { placeholder: coordinates(location), latitude, longitude },
  };
}

export function readVenue({ venue }: TelegramMessage, write: Writer): Read {
  if (!venue) return { markdown: "" };
  const { latitude, longitude } = venue.location;
  const named = [venue.title, venue.address].map((part) => oneLine(textOf(part)));
  return {
    markdown: write.lines(venueLines(venue, write)),
    location: { placeholder: joined(named, ", "), latitude, longitude },
  };
}

export function venueLines({ title, address, location }: TelegramVenue, write: Writer): string[] {
  return [`📍 ${write.title(title)}`, write.plain(address), write.mapLink(location)];
}
