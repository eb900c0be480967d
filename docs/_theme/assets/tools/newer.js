// On the pages of a release that is kept: says whether a newer one is out. The list of releases lies
// at the root of the newest site, one folder above this release.
export async function mount(box) {
  const answer = await fetch(new URL("../../../versions.json", import.meta.url));
  const releases = answer.ok ? Object.keys(await answer.json()) : [];
  const newest = releases.at(-1);
  if (!releases.includes(box.dataset.release) || newest === box.dataset.release) return;
  box.prepend(`Release ${newest} is out. `);
}
