import { archiveContract } from './contract/archive-contract.js';
import { libsqlArchive } from './libsql.js';

archiveContract('libsql', libsqlArchive);
