"""The page that compares sets of patients, part by part."""
