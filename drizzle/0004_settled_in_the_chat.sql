CREATE TABLE `shown_tokens` (
	`telegram_id` integer PRIMARY KEY NOT NULL,
	`access_token` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `deletions` ADD `others` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
CREATE INDEX `outbox_to_delete` ON `outbox` (`bot_id`,`chat_id`,`id`) WHERE state = 'waiting' AND method = 'deleteMessage';