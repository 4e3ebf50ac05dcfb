import { App } from '../../components/App'
import { pageMetadata } from '../../pageMetadata'
import { OwnerView } from '../../views/OwnerView'

export const metadata = pageMetadata('/owner/')

export default function Page() {
  return (
    <App route="/owner/">
      <OwnerView />
    </App>
  )
}
