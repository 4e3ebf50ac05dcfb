import { App } from '../../components/App'
import { pageMetadata } from '../../pageMetadata'
import { NetworkView } from '../../views/NetworkView'

export const metadata = pageMetadata('/network/')

export default function Page() {
  return (
    <App route="/network/">
      <NetworkView />
    </App>
  )
}
