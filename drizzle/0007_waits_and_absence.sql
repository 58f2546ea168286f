ALTER TABLE `bots` ADD `away_from` integer;--> statement-breakpoint
ALTER TABLE `bots` ADD `away_until` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `wait_ms` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `snoozes` integer DEFAULT 0 NOT NULL;