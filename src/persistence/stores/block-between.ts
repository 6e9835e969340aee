/** Whether either of the two has blocked the other, as `append_messages` judges it. */
export const isBlockBetween = (a: string, b: string): string => `EXISTS (
  SELECT 1 FROM blocks
  WHERE (user_id = ${a} AND blocked_id = ${b}) OR (user_id = ${b} AND blocked_id = ${a}))`;
