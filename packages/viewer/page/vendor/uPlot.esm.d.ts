// The browser loads uPlot from the installed package, mounted beside the page's own modules under this name.
export { default } from 'uplot';
