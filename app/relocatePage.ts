/**
 * Makes an exported page work below any path, such as `/ipfs/<cid>/`: Next.js writes addresses from the host's root.
 * Scripts are started by one inline script that knows where the page is; the data of the page is told the same place.
 * @param html one exported page
 * @param root relative address of the export's folder as seen from the page, `./` or `../`
 * @throws Error when Next.js wrote an address in a form that this does not know
 */
export function relocatePage(html: string, root: './' | '../'): string {
  const sources: string[] = []
  const withoutScripts = html.replace(/<script src="\/(_next\/[^"]+)" async=""><\/script>/g, (_, source: string) => {
    sources.push(source)
    return ''
  })
  // The icon is asked for again when the address changes, so that one is not relative to it either.
  let icon = ''
  const withoutIcon = withoutScripts.replace(/<link rel="icon" href="\/([^"]+)"[^>]*>/, (_, source: string) => {
    icon = `const i=document.createElement('link');i.rel='icon';i.href=b+${JSON.stringify(source)};document.head.append(i);`
    return ''
  })
  if (sources.length === 0) throw new Error('The exported page starts no script; see what Next.js writes now.')
  const start =
    `<script>{const b=new URL(${JSON.stringify(root)},location.href).href;self.assayRoot=b;` +
    `self.TURBOPACK_CHUNK_BASE_PATH=b+'_next/';${icon}` +
    `for(const s of ${JSON.stringify(sources)}){const e=document.createElement('script');e.async=true;e.src=b+s;document.head.append(e)}}</script>`
  const relocated = withoutIcon
    .replaceAll(/(href|src)="\/(_next\/|icon\.svg)/g, `$1="${root}$2`)
    .replaceAll(/self\.__next_f\.push\(\[1,("(?:[^"\\]|\\.)*")\]\)/g, (whole, text: string) =>
      /"\/(_next\/|icon\.svg)/.test(JSON.parse(text))
        ? `self.__next_f.push([1,${text}.replace(/"\\/(_next\\/|icon\\.svg)/g,'"'+assayRoot+'$1')])`
        : whole,
    )
  const left = relocated.match(/(?:href|src)="\/_next/)
  if (left) throw new Error(`The exported page still has ${left[0]}; see what Next.js writes now.`)
  return relocated.replace('<head>', `<head>${start}`)
}
