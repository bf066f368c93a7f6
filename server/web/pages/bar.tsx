/** A bar in a row of a table: the cells beside it say the same in words. */
/** @jsxImportSource ../markup */

interface BarProps {
  /** Shares of the whole width, 0 to 1. */
  readonly from?: number;
  readonly size: number;
  /** Of the drawing. */
  readonly width: number;
  readonly height: number;
  readonly className?: string;
}

export function Bar({ from = 0, size, width, height, className }: BarProps) {
  return (
    <svg
      class={className}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="fill-none" x="0" y="0" width={String(width)} height={String(height)} />
      <rect
        class="fill-busy"
        x={formatPlace(from * width)}
        y="0"
        width={formatPlace(size * width)}
        height={String(height)}
      />
    </svg>
  );
}

function formatPlace(value: number): string {
  return String(Math.round(value * 10) / 10);
}
