CREATE TABLE `chats` (
	`bot_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`outage_told_at` integer,
	`hinted_at` integer,
	PRIMARY KEY(`bot_id`, `chat_id`)
);
--> statement-breakpoint
CREATE TABLE `invitations` (
	`code_hash` text PRIMARY KEY NOT NULL,
	`shares_telegram_id` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`used_by` integer,
	`used_at` integer
);
--> statement-breakpoint
CREATE TABLE `offered_tokens` (
	`telegram_id` integer PRIMARY KEY NOT NULL,
	`username` text,
	`chat_id` integer NOT NULL,
	`access_token` text NOT NULL,
	`offered_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `jobs` ADD `depends_on` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `wish` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `separated_from` integer;--> statement-breakpoint
ALTER TABLE `memo_links` ADD `parent_name` text;--> statement-breakpoint
CREATE INDEX `memo_links_of_job` ON `memo_links` (`job_id`);--> statement-breakpoint
ALTER TABLE `outbox` ADD `changes_id` integer;--> statement-breakpoint
CREATE INDEX `updates_of_message` ON `updates` (`bot_id`,`chat_id`,`message_id`);