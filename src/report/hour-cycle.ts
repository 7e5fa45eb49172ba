import type { HourCycle } from '../words/time.ts';

/**
 * The clock of the user's locale, by the variables of POSIX (`LC_ALL`, `LC_TIME`, `LANG`, in this order). The locales C
 * and POSIX, and a missing one, have 24 hours.
 */
export function hourCycleOf(env: Record<string, string | undefined>): HourCycle {
  const locale = env['LC_ALL'] || env['LC_TIME'] || env['LANG'] || '';
  const [tag = ''] = locale.split(/[.@]/);
  if (tag === '' || tag === 'C' || tag === 'POSIX') return 'h23';
  try {
    const { hour12 } = new Intl.DateTimeFormat(tag.replaceAll('_', '-'), { hour: 'numeric' }).resolvedOptions();
    return hour12 ? 'h12' : 'h23';
  } catch {
    return 'h23'; // a name that is no locale
  }
}
