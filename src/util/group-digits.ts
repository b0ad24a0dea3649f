/** A whole number as people read it: `1,070`. The locale functions would load tables for it, which takes longer than a file. */
export const groupDigits = (value: number): string =>
  String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
