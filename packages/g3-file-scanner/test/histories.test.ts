import { libsqlStore } from '../../g3-archive/test/support/archive-bench.js';
import { panelHistories } from './support/panel-histories.js';

panelHistories('an embedded file', libsqlStore, 10);
