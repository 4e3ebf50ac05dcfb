import { App } from '../../components/App'
import { pageMetadata } from '../../pageMetadata'
import { DisputesView } from '../../views/DisputesView'

export const metadata = pageMetadata('/disputes/')

export default function Page() {
  return (
    <App route="/disputes/">
      <DisputesView />
    </App>
  )
}
