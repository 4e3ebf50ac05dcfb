import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Lets one bootstrap at a time install into this checkout. A lock whose process is gone is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>} what `work` returned
 */
export async function withLock(file, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  for (let said = false; !tryLock(file); said = true) {
    if (!said) console.error(`Another bootstrap (process ${readOwner(file)}) is installing here: waiting for it.`)
    await delay(500)
  }
  const release = () => fs.rmSync(file, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    release()
    process.off('exit', release)
  }
}

/** @param {string} file */
function tryLock(file) {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (!isAlive(readOwner(file))) fs.rmSync(file, { force: true })
  return false
}

/** @param {string} file */
function readOwner(file) {
  try {
    return Number(fs.readFileSync(file, 'utf8'))
  } catch {
    // Released in the meantime.
    return 0
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return pid > 0
  } catch (error) {
    return error.code === 'EPERM'
  }
}
