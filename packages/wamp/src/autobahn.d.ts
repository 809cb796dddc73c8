declare module 'autobahn' {
  const autobahn: unknown;
  export default autobahn;
}
