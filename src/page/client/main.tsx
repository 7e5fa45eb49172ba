import { render } from 'preact';
import type { PageData } from '../data.ts';
import { setHourCycle } from '../../words/time.ts';
import { App } from './app.tsx';

const data = JSON.parse(document.getElementById('data')!.textContent) as PageData;
setHourCycle(document.documentElement.dataset['hourCycle'] === 'h12' ? 'h12' : 'h23');
render(<App initial={data} />, document.getElementById('page')!);
