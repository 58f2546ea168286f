CREATE TABLE `allowed_names` (
	`username` text PRIMARY KEY NOT NULL,
	`telegram_id` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `bindings` (
	`telegram_id` integer PRIMARY KEY NOT NULL,
	`username` text,
	`server` text NOT NULL,
	`account` text NOT NULL,
	`display_name` text NOT NULL,
	`memos_username` text,
	`memos_version` text,
	`access_token` text NOT NULL,
	`visibility` text,
	`tags` text DEFAULT '[]' NOT NULL,
	`confirmation` text DEFAULT 'reply' NOT NULL,
	`source_line` integer DEFAULT true NOT NULL,
	`formatting` text DEFAULT 'as_typed' NOT NULL,
	`language` text,
	`telegram_language` text,
	`state` text DEFAULT 'active' NOT NULL,
	`paused_reason` text,
	`refused_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `bots` (
	`bot_id` integer PRIMARY KEY NOT NULL,
	`id_key` text NOT NULL,
	`epoch` integer DEFAULT 0 NOT NULL,
	`next_offset` integer,
	`last_poll_at` integer,
	`receive_mode` text,
	`receive_since` integer,
	`receive_reason` text,
	`receive_hold_ms` integer,
	`webhook_secret` text
);
--> statement-breakpoint
CREATE TABLE `claims` (
	`server` text NOT NULL,
	`name` text NOT NULL,
	`job_id` integer NOT NULL,
	PRIMARY KEY(`server`, `name`)
);
--> statement-breakpoint
CREATE INDEX `claims_of_job` ON `claims` (`job_id`);--> statement-breakpoint
CREATE TABLE `deletions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`bot_id` integer NOT NULL,
	`job_id` integer NOT NULL,
	`telegram_id` integer NOT NULL,
	`server` text NOT NULL,
	`account` text NOT NULL,
	`memo_name` text NOT NULL,
	`chat_id` integer NOT NULL,
	`message_id` integer,
	`content_hash` text NOT NULL,
	`state_before` text NOT NULL,
	`state` text NOT NULL,
	`delete_at` integer NOT NULL,
	`due_at` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `deletions_of_memo` ON `deletions` (`bot_id`,`server`,`memo_name`);--> statement-breakpoint
CREATE TABLE `facts` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`bot_id` integer NOT NULL,
	`kind` text NOT NULL,
	`job_key` text NOT NULL,
	`queue` text NOT NULL,
	`lane` text NOT NULL,
	`chat_id` integer,
	`message_id` integer,
	`telegram_id` integer,
	`server` text,
	`account` text,
	`state` text NOT NULL,
	`outcome` text,
	`waiting_for` text,
	`due_at` integer DEFAULT 0 NOT NULL,
	`aside` integer DEFAULT false NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`first_failed_at` integer,
	`reason` text,
	`detail` text,
	`lease_token` text,
	`lease_until` integer,
	`plan` text,
	`memo_name` text,
	`created_at` integer NOT NULL,
	`done_at` integer,
	`done_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_identity` ON `jobs` (`bot_id`,`kind`,`chat_id`,`job_key`);--> statement-breakpoint
CREATE INDEX `jobs_unfinished` ON `jobs` (`bot_id`,`queue`,`lane`,`aside`,`id`) WHERE state IN ('waiting', 'working');--> statement-breakpoint
CREATE INDEX `jobs_by_state` ON `jobs` (`bot_id`,`state`,`outcome`);--> statement-breakpoint
CREATE INDEX `jobs_done_at` ON `jobs` (`done_at`) WHERE done_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `memo_links` (
	`bot_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`message_id` integer NOT NULL,
	`job_id` integer NOT NULL,
	`server` text NOT NULL,
	`account` text NOT NULL,
	`memo_name` text NOT NULL,
	`confirmation` integer DEFAULT false NOT NULL,
	`content_hash` text,
	PRIMARY KEY(`bot_id`, `chat_id`, `message_id`)
);
--> statement-breakpoint
CREATE INDEX `memo_links_of_memo` ON `memo_links` (`memo_name`);--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`bot_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`job_id` integer,
	`method` text NOT NULL,
	`params` text NOT NULL,
	`promise` text NOT NULL,
	`state` text NOT NULL,
	`due_at` integer DEFAULT 0 NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`detail` text,
	`sent_message_id` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `outbox_owed` ON `outbox` (`bot_id`,`chat_id`,`id`) WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX `outbox_of_job` ON `outbox` (`job_id`);--> statement-breakpoint
CREATE TABLE `searches` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`telegram_id` integer NOT NULL,
	`server` text NOT NULL,
	`account` text NOT NULL,
	`kind` text NOT NULL,
	`query` text NOT NULL,
	`memo_names` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `searches_created` ON `searches` (`created_at`);--> statement-breakpoint
CREATE TABLE `senders` (
	`telegram_id` integer PRIMARY KEY NOT NULL,
	`hinted_at` integer,
	`failures` text DEFAULT '[]' NOT NULL
);
--> statement-breakpoint
CREATE TABLE `servers` (
	`server` text PRIMARY KEY NOT NULL,
	`upload_limit_bytes` integer,
	`upload_limit_at` integer
);
--> statement-breakpoint
CREATE TABLE `updates` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`source` text NOT NULL,
	`bot_id` integer NOT NULL,
	`epoch` integer NOT NULL,
	`update_id` text NOT NULL,
	`kind` text NOT NULL,
	`fingerprint` text NOT NULL,
	`job_id` integer NOT NULL,
	`chat_id` integer,
	`message_id` integer,
	`received_at` integer NOT NULL,
	`payload` text,
	`payload_form` text DEFAULT 'plain' NOT NULL,
	FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `updates_identity` ON `updates` (`source`,`bot_id`,`epoch`,`update_id`);--> statement-breakpoint
CREATE INDEX `updates_of_job` ON `updates` (`job_id`,`message_id`);--> statement-breakpoint
CREATE INDEX `updates_received` ON `updates` (`received_at`);