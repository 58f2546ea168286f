CREATE TABLE `account_names` (
	`server` text NOT NULL,
	`account` text NOT NULL,
	`name` text NOT NULL,
	PRIMARY KEY(`server`, `account`)
);
--> statement-breakpoint
ALTER TABLE `bindings` ADD `guest_of` integer;--> statement-breakpoint
ALTER TABLE `bindings` ADD `tags_asked_at` integer;--> statement-breakpoint
ALTER TABLE `bindings` ADD `tags_asked_in` integer;