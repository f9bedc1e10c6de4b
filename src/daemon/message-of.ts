/** What was thrown, in its own words and without where. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
