import { createPage } from './page.js';

createPage().start();
