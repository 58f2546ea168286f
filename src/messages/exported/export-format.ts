// What Telegram Desktop writes into result.json, as far as it becomes memos. Nothing of it is sure to be there.
// https://github.com/telegramdesktop/tdesktop/blob/dev/Telegram/SourceFiles/export/output/export_output_json.cpp

/** One of the parts that a text consists of, each of one type, one behind the other. */
export interface TextPart {
  readonly type?: string;
  readonly text?: string;
  readonly href?: string;
  readonly user_id?: number;
  readonly language?: string;
  readonly document_id?: string;
  readonly collapsed?: boolean;
}

export type ExportedText = string | readonly (string | TextPart)[];

export interface ExportedChat {
  /** Saved Messages have none, and deleted accounts. */
  readonly name: string | null;
  readonly type: string;
  /** Without sign, and without the -100 of supergroups and channels. */
  readonly id: number;
}

export interface ExportedMessage {
  readonly id: number;
  /** `message`, `service`, or `unsupported`, of which nothing else is told. */
  readonly type?: string;
  /** By the clock of the computer that exported it. */
  readonly date?: string;
  readonly date_unixtime?: string;
  readonly from?: string | null;
  /** `user1`, `chat1`, `channel1` */
  readonly from_id?: string;
  readonly author?: string;
  /** Null where that account was deleted. */
  readonly forwarded_from?: string | null;
  readonly saved_from?: string | null;
  readonly reply_to_message_id?: number;
  /** Where that is in another chat. */
  readonly reply_to_peer_id?: string;
  readonly text?: ExportedText;
  /** The same, with what is plain as a part too; not in old exports. */
  readonly text_entities?: ExportedText;
  /** A path within the folder, or words that say why there is none. The same for `file` and `contact_vcard`. */
  readonly photo?: string;
  readonly photo_file_size?: number;
  readonly file?: string;
  readonly file_name?: string;
  readonly file_size?: number;
  readonly media_type?: string;
  readonly mime_type?: string;
  readonly performer?: string;
  readonly title?: string;
  readonly width?: number;
  readonly height?: number;
  readonly contact_information?: { first_name?: string; last_name?: string; phone_number?: string };
  readonly contact_vcard?: string;
  readonly location_information?: { latitude: number; longitude: number } | null;
  readonly place_name?: string;
  readonly address?: string;
  readonly poll?: { question?: ExportedText; answers?: readonly { text?: ExportedText }[] };
  readonly todo_list?: { title?: ExportedText; answers?: readonly { id?: number; text?: ExportedText }[] };
  readonly game_title?: string;
  readonly game_description?: string;
  /** JSON in a text. */
  readonly invoice_information?: string;
  readonly giveaway_information?: { additional_prize?: string };
  readonly paid_stars_amount?: number;
}
