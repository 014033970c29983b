// What the page keeps: the key and the tokens in IndexedDB, one sign-in in sessionStorage.
//
// IndexedDB can hold a CryptoKey without anyone ever seeing its bytes. Where it is missing (a locked-down or
// private window), memory must do: then a reload means a new key.

const memory = new Map();

/** Reads what was kept under this name. */
export async function load(name) {
  const database = await open();
  return database ? run(database, "readonly", (table) => table.get(name)) : memory.get(name);
}

/** Keeps a value under this name. */
export async function keep(name, value) {
  const database = await open();
  if (database) await run(database, "readwrite", (table) => table.put(value, name));
  else memory.set(name, value);
}

/** Forgets what was kept under this name. */
export async function forget(name) {
  const database = await open();
  if (database) await run(database, "readwrite", (table) => table.delete(name));
  memory.delete(name);
}

/** Where the key is kept, in words. */
export async function place() {
  return (await open()) ? "IndexedDB, as a handle: its bytes are never shown to a script" : "memory, until this page closes";
}

let opening;

function open() {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open("keybound-demo", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("kept");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
  return opening;
}

function run(database, mode, act) {
  return new Promise((resolve, reject) => {
    const request = act(database.transaction("kept", mode).objectStore("kept"));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
