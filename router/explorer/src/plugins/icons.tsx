// The icons of our plugins in GraphiQL's side bar; their test ids make the buttons around them findable.
import type { ComponentProps } from "react";

type IconProps = ComponentProps<"svg"> & { title?: string; titleId?: string };

export function LoginIcon({ title, titleId, ...properties }: IconProps) {
  return (
    <svg {...stroke} {...properties} aria-labelledby={titleId} data-testid="login-plugin-icon">
      {title && <title id={titleId}>{title}</title>}
      <circle cx="12" cy="8" r="4" />
      <path d="M4 21c0-4.4 3.6-7 8-7s8 2.6 8 7" />
    </svg>
  );
}

export function PlanIcon({ title, titleId, ...properties }: IconProps) {
  return (
    <svg {...stroke} {...properties} aria-labelledby={titleId} data-testid="plan-plugin-icon">
      {title && <title id={titleId}>{title}</title>}
      <rect x="8.5" y="2.5" width="7" height="5" rx="1" />
      <rect x="2.5" y="16.5" width="7" height="5" rx="1" />
      <rect x="14.5" y="16.5" width="7" height="5" rx="1" />
      <path d="M12 7.5V12M6 16.5V12h12v4.5" />
    </svg>
  );
}

const stroke = {
  viewBox: "0 0 24 24",
  height: "1em",
  fill: "none",
  stroke: "currentColor",
  strokeWidth: 1.5,
  strokeLinecap: "round",
  strokeLinejoin: "round",
} as const;
