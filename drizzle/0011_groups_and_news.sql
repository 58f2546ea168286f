CREATE TABLE `posts` (
	`id` integer PRIMARY KEY NOT NULL,
	`account_key` integer NOT NULL,
	`memo_name` text NOT NULL,
	`chat_key` integer NOT NULL,
	`telegram_id` integer NOT NULL,
	`parts` text NOT NULL,
	`content_hash` text NOT NULL,
	`visibility` text NOT NULL,
	`asked` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_key`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`chat_key`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `posts_identity` ON `posts` (`memo_name`,`account_key`,`chat_key`);--> statement-breakpoint
CREATE TABLE `publish_rules` (
	`id` integer PRIMARY KEY NOT NULL,
	`telegram_id` integer NOT NULL,
	`tag` text NOT NULL,
	`chat_key` integer NOT NULL,
	`after` integer NOT NULL,
	FOREIGN KEY (`chat_key`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `publish_rules_identity` ON `publish_rules` (`telegram_id`,`tag`,`chat_key`);--> statement-breakpoint
CREATE TABLE `reminders` (
	`id` integer PRIMARY KEY NOT NULL,
	`telegram_id` integer NOT NULL,
	`account_key` integer NOT NULL,
	`memo_name` text NOT NULL,
	`due_at` integer,
	`cron` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_key`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `reminders_due` ON `reminders` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE `bindings` ADD `asked_for` text;--> statement-breakpoint
ALTER TABLE `bindings` ADD `news` text DEFAULT 'off' NOT NULL;--> statement-breakpoint
ALTER TABLE `bindings` ADD `news_after` integer;--> statement-breakpoint
ALTER TABLE `bindings` ADD `time_zone` text;--> statement-breakpoint
ALTER TABLE `bindings` ADD `digest` text DEFAULT 'off' NOT NULL;--> statement-breakpoint
ALTER TABLE `bindings` ADD `digest_hour` integer DEFAULT 8 NOT NULL;--> statement-breakpoint
ALTER TABLE `bindings` ADD `digest_at` integer;--> statement-breakpoint
ALTER TABLE `chats` ADD `title` text;--> statement-breakpoint
ALTER TABLE `chats` ADD `type` text;--> statement-breakpoint
ALTER TABLE `chats` ADD `mode` text DEFAULT 'addressed' NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `owner_id` integer;--> statement-breakpoint
ALTER TABLE `chats` ADD `owner_account` integer REFERENCES accounts(id);--> statement-breakpoint
ALTER TABLE `chats` ADD `author_line` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `topic_tags` text DEFAULT 'off' NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `topics` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `confirmation` text;--> statement-breakpoint
ALTER TABLE `chats` ADD `bot_status` text;--> statement-breakpoint
DROP INDEX `jobs_unfinished`;--> statement-breakpoint
CREATE INDEX `jobs_unfinished` ON `jobs` (`queue`,`lane`,(waiting_for IS 'binding'),`id`) WHERE state = 'waiting';