import { describe, expect, it } from '@jest/globals';
import { environmentProblems, openArchive, readArchiveSettings } from '@sisock/archive';
import { createMetrics, silentLogger } from '@sisock/runtime';

const full = { SQL_HOST: 'database', SQL_USER: 'development', SQL_PASSWD: 'secret', SQL_DB: 'files' };
const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => 0, dataDirectory: '/nowhere' };

function problemsOf(env: Record<string, string>): string[] {
  try {
    readArchiveSettings(env);
    return [];
  } catch (thrown) {
    expect((thrown as { code?: string }).code).toBe('bad_setting');
    return (thrown as Error).message.split('\n');
  }
}

describe("the archive's settings", () => {
  it('are those of the original, and none', () => {
    expect(readArchiveSettings(full)).toMatchObject({ ...full, SQL_PORT: 3306 });
    expect(readArchiveSettings({})).toMatchObject({ SQL_PORT: 3306, ARCHIVE_SYNC: true });
  });

  it('tell all problems at once', () => {
    const problems = problemsOf({
      SQL_HOST: 'database',
      SQL_PORT: '99999',
      ARCHIVE_SYNC: 'maybe',
      SQL_CA: 'ca',
      SQL_TLS: 'no',
    });
    expect(problems).toHaveLength(6);
    for (const name of ['SQL_PORT', 'ARCHIVE_SYNC', 'SQL_USER', 'SQL_PASSWD', 'SQL_DB', 'SQL_CA']) {
      expect(problems.some((line) => line.startsWith(name))).toBe(true);
    }
  });

  it('of a server need its name', () => {
    expect(problemsOf({ SQL_USER: 'development', SQL_DB: 'files' })).toEqual([
      expect.stringMatching(/^SQL_USER, SQL_DB set without SQL_HOST/),
    ]);
    expect(environmentProblems({ SQL_PASSWD_FILE: '/x' })).toHaveLength(1);
    expect(environmentProblems({ ...full, SQL_PASSWD: '', SQL_PASSWD_FILE: '/x' })).toEqual([]);
  });

  it('never show the password', () => {
    expect(problemsOf({ SQL_HOST: 'database', SQL_PASSWD: 'very secret', SQL_PORT: 'x' }).join()).not.toContain(
      'very secret',
    );
  });

  it('are checked when the archive is opened too', async () => {
    const settings = { ...readArchiveSettings(full), SQL_USER: undefined };
    await expect(openArchive(settings, parts)).rejects.toMatchObject({ code: 'bad_setting', message: /SQL_USER/ });
    const ca = readArchiveSettings({ ...full, SQL_CA: '/nowhere/ca.pem' });
    await expect(openArchive(ca, parts)).rejects.toMatchObject({ code: 'bad_setting', message: /ca\.pem.*ENOENT/ });
  });

  it('name the archive without its password', async () => {
    const store = await openArchive(readArchiveSettings(full), parts);
    expect(store.name).toBe('mariadb development@database:3306/files');
    await store.close();
    await expect(store.counts()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
