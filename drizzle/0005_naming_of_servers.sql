ALTER TABLE `servers` ADD `naming_version` text;--> statement-breakpoint
ALTER TABLE `servers` ADD `memo_ids` text;--> statement-breakpoint
ALTER TABLE `servers` ADD `file_ids` text;