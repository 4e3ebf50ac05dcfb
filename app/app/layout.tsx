import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import './globals.css'
import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'

export const metadata: Metadata = {
  title: 'Assay: answers from AI models, with proof',
  description:
    'Ask a published AI model, pay into escrow, and get an answer whose proof a contract checked before it paid.',
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#eef1f1' },
    { media: '(prefers-color-scheme: dark)', color: '#0e1214' },
  ],
}

/** Sets the chosen theme before the first paint; `sealPage.ts` adds the hash of each inline script to the page's policy. */
const applyTheme = `try{const t=localStorage.getItem('assay.theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}`

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: the text is the constant above. */}
        <script dangerouslySetInnerHTML={{ __html: applyTheme }} />
      </head>
      <body className="font-sans antialiased">{children}</body>
    </html>
  )
}
